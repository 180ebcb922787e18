"""Pictures of a panel and data of tasks, as files: opened, decoded, read by hand."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.browser import shapes
from tests.browser.pages import exported, ready, wait_for

INSTRUMENT = "n03800933"
SVG = "{http://www.w3.org/2000/svg}"


def open_dialog(page):
    page.click("#exports summary")
    page.click("[data-action=export-picture]")


def picture(page, tmp_path, panel, kind, *, width=400, height=300, **more):
    """Path of the file that the dialog gives."""
    page.select_option("[name=panel]", panel)
    page.select_option("[name=format]", kind)
    page.fill("[name=width]", str(width))
    page.fill("[name=height]", str(height))
    if "scale" in more:
        page.select_option("[name=scale]", str(more["scale"]))
    page.set_checked("[name=transparent]", more.get("transparent", False))
    with page.expect_download() as download:
        page.click("#picture-dialog [type=submit]")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    wait_for(lambda: page.locator("#picture-dialog").is_hidden())
    return path


def pixels(path):
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGBA"))


def streams(bytes):
    """Streams of a PDF, unpacked: the first is the page."""
    found = re.findall(rb"stream\n(.*?)\nendstream", bytes, re.DOTALL)
    return [zlib.decompress(one) for one in found]


def check_places(bytes):
    """Whether the table at the end says where each object is."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", bytes)[1])
    assert bytes[start:].startswith(b"xref\n0 ")
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n ", bytes[start:])]
    for number, place in enumerate(places, start=1):
        assert bytes[place:].startswith(b"%d 0 obj\n" % number)
    assert b"/Size %d " % (len(places) + 1) in bytes[start:]


# Pictures


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_image_has_the_size_that_is_asked_for(open_page, tmp_path, kind):
    page = open_page(f"?focus={INSTRUMENT}")
    for panel in ("boxes", "points"):
        open_dialog(page)
        path = picture(page, tmp_path, panel, kind, scale=3)
        assert path.name == f"imagenet-{panel}-musical-instrument.{kind}"
        assert Image.open(io.BytesIO(path.read_bytes())).format == kind.upper()
        found = pixels(path)
        assert found.shape == (900, 1200, 4)
        assert (found[..., 3] == 255).all()
        assert len(np.unique(found[..., :3].reshape(-1, 3), axis=0)) > 30
        open_dialog(page)
        path = picture(page, tmp_path, panel, kind, scale=1, transparent=True)
        found = pixels(path)
        assert found.shape == (300, 400, 4)
        assert (found[..., 3] == 0).mean() > 0.1
        assert (found[..., 3] > 0).mean() > 0.01


def test_an_svg_has_the_size_that_is_asked_for(open_page, tmp_path):
    page = open_page(f"?focus={INSTRUMENT}")
    grounds = []
    for transparent in (False, True):
        open_dialog(page)
        path = picture(page, tmp_path, "boxes", "svg", transparent=transparent)
        root = ElementTree.parse(path).getroot()
        assert (root.get("width"), root.get("height")) == ("400", "300")
        assert root.find(f"{SVG}title").text == "ImageNet-1k: musical instrument"
        assert "guitar" in {text.text for text in root.iter(f"{SVG}text")}
        first = next(root.iter(f"{SVG}rect"))
        grounds.append((first.get("width"), first.get("height")) == ("400", "300"))
    assert grounds == [True, False]
    assert page.locator("[name=scale]").is_hidden()


def test_a_pdf_holds_the_boxes_as_rectangles_and_their_names_as_text(
    open_page, tmp_path
):
    page = open_page(f"?focus={INSTRUMENT}")
    open_dialog(page)
    path = picture(page, tmp_path, "boxes", "pdf", width=1200, height=900)
    assert path.name == "imagenet-boxes-musical-instrument.pdf"
    bytes = path.read_bytes()
    assert bytes.startswith(b"%PDF-1.7\n")
    check_places(bytes)
    assert b"/MediaBox [0 0 900 675]" in bytes
    assert b"/Subtype /Image" not in bytes
    (content,) = streams(bytes)
    assert content.startswith(b"0.75 0 0 -0.75 0 675 cm")
    assert content.count(b" re f") > 30
    assert content.count(b" re S") > 30
    assert f"<{b'guitar'.hex()}> Tj".encode() in content
    title = "ImageNet-1k: musical instrument".encode("utf-16-be").hex()
    assert f"/Title <feff{title}>".encode() in bytes


def recorded(page, drawing):
    """Bytes of a PDF of 200 times 100 pixels, drawn by some lines of a script."""
    text = page.evaluate(
        f"""async () => {{
            const ctx = task2box.pdfRecorder(200, 100);
            {drawing}
            const blob = await ctx.file({{ title: "t", notes: "" }});
            const reader = new FileReader();
            return new Promise((done) => {{
                reader.onload = () => done(reader.result.split(",")[1]);
                reader.readAsDataURL(blob);
            }});
        }}"""
    )
    return base64.b64decode(text)


def test_a_pdf_by_hand(visit):
    page = visit("?collection=tree")
    bytes = recorded(
        page,
        """
        ctx.fillStyle = "#ff0000"; ctx.globalAlpha = 0.5; ctx.fillRect(10, 20, 30, 40);
        ctx.strokeStyle = "#0000ff"; ctx.lineWidth = 2; ctx.globalAlpha = 1;
        ctx.strokeRect(-1e9, 0, 2e9, 5);
        ctx.beginPath(); ctx.arc(50, 50, 10); ctx.fill();
        ctx.font = "600 10px any"; ctx.fillText("Añ…", 1, 2);
        ctx.font = "400 8px any"; ctx.strokeText("A", 1, 2);
        """,
    )
    check_places(bytes)
    (content,) = streams(bytes)
    assert content.decode().split("\n") == [
        "0.75 0 0 -0.75 0 75 cm 1 j",
        "/A1 gs 1 0 0 rg 10 20 30 40 re f",
        "/A2 gs 0 0 1 RG 2 w -50 0 300 5 re S",
        "/A2 gs 1 0 0 rg 60 50 m 60 55.52 55.52 60 50 60 c 44.48 60 40 55.52 40 50 c "
        "40 44.48 44.48 40 50 40 c 55.52 40 60 44.48 60 50 c h f",
        # 0.35 of the size below the middle; A, n with tilde and ellipsis in WinAnsi
        "BT /A2 gs 1 0 0 rg 0 Tr /F2 10 Tf 1 0 0 -1 1 5.5 Tm <41f185> Tj ET",
        "/Artifact BMC BT /A2 gs 0 0 1 RG 2 w 1 Tr /F1 8 Tf 1 0 0 -1 1 4.8 Tm <41> Tj"
        " ET EMC",
    ]
    assert b"/A1 <</ca 0.5 /CA 0.5>> /A2 <</ca 1 /CA 1>>" in bytes
    assert b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding" in bytes
    assert b"/BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding" in bytes
    assert b"<</Title <feff0074>>>" in bytes


def test_words_that_helvetica_cannot_write_are_images_that_say_them(visit):
    page = visit("?collection=tree")
    bytes = recorded(page, 'ctx.font = "400 10px serif"; ctx.fillText("日本", 20, 50);')
    check_places(bytes)
    content, colors, opacities = streams(bytes)
    said = "日本".encode("utf-16-be").hex()
    assert f"/Span <</ActualText <feff{said}>>> BDC".encode() in content
    assert b"/I1 Do" in content
    (size,) = set(re.findall(rb"/Width (\d+) /Height (\d+)", bytes))
    width, height = map(int, size)
    assert len(colors) == 3 * width * height
    assert len(opacities) == width * height
    assert 0 < np.frombuffer(opacities, np.uint8).astype(bool).mean() < 0.9


WRITTEN = [
    ("dog", "646f67"),
    ("", ""),
    ("(\\", "285c"),
    ("“€”", "938094"),
    ("e\u0301", "e9"),  # one letter, however it is spelt
    ("日本", None),
    ("ā", None),
    ("🦜", None),
    ("\n", None),
    ("\u0081", None),
    ("soft\u00adhyphen", None),
]


def test_what_helvetica_can_write(visit):
    page = visit("?collection=tree")
    for text, written in WRITTEN:
        found = page.evaluate("(text) => task2box.helvetica.hex(text)", text)
        assert found == written, text


def test_how_wide_helvetica_is(visit):
    page = visit("?collection=tree")
    width = "([text, bold]) => task2box.helvetica.width(text, bold)"
    assert page.evaluate(width, ["", False]) == 0
    assert page.evaluate(width, ["dog", False]) == pytest.approx(0.556 * 3)
    assert page.evaluate(width, ["Wii~", False]) == pytest.approx(
        0.944 + 2 * 0.222 + 0.584
    )
    assert page.evaluate(width, ["Wii~", True]) == pytest.approx(
        0.944 + 2 * 0.278 + 0.584
    )
    assert page.evaluate(width, ["é…", False]) == pytest.approx(0.556 + 1)


def test_names_of_every_kind_are_in_a_pdf(visit, tmp_path):
    page = visit("?collection=soft")
    open_dialog(page)
    path = picture(page, tmp_path, "boxes", "pdf", width=1500, height=900)
    bytes = path.read_bytes()
    check_places(bytes)
    content = streams(bytes)[0]
    assert "日本語 / ñandú".encode("utf-16-be").hex().encode() in content
    assert b"plain".hex().encode() in content
    said = re.search(rb"/Subject <feff([0-9a-f]+)>", bytes)[1]
    assert shapes.NOTE in base64.b16decode(said.upper()).decode("utf-16-be")


@pytest.mark.parametrize("kind", ["png", "svg", "webp", "pdf"])
def test_three_dimensions_are_an_image(visit, tmp_path, kind):
    page = visit("?collection=tree&dim=3")
    drawn = "Boolean((document.querySelector('#cuboids').data || []).length)"
    wait_for(lambda: page.evaluate(drawn))
    open_dialog(page)
    offered = page.locator("[name=panel] option").all_inner_texts()
    assert offered == ["Boxes in 3D", "Tree"]
    path = picture(page, tmp_path, "cuboids", kind, scale=2)
    assert path.name == f"tree-cuboids-all.{kind}"
    if kind == "svg":
        (image,) = ElementTree.parse(path).getroot().iter(f"{SVG}image")
        data = base64.b64decode(image.get("href").split(",")[1])
        found = np.asarray(Image.open(io.BytesIO(data)))
    elif kind == "pdf":
        check_places(path.read_bytes())
        _, colors, _ = streams(path.read_bytes())
        found = np.frombuffer(colors, np.uint8).reshape(600, 800, 3)
    else:
        found = pixels(path)
    assert found.shape[:2] == (600, 800)
    assert len(np.unique(found[..., :3].reshape(-1, 3), axis=0)) > 10


def test_the_selection_and_another_view_are_in_the_picture(visit, tmp_path):
    page = visit("?collection=tree")
    found = []
    for query in ("[]", "[3, 4]"):
        page.evaluate(f"task2box.explorer.select({query})")
        open_dialog(page)
        path = picture(page, tmp_path, "boxes", "svg")
        found.append(len(list(ElementTree.parse(path).getroot().iter(f"{SVG}rect"))))
    assert found[1] == found[0] + 2


# What cannot be


def test_a_size_that_cannot_be_is_said_and_not_written(visit):
    page = visit("?collection=soft")
    open_dialog(page)
    fault = page.locator("#picture-dialog .fault")
    export = page.locator("#picture-dialog [type=submit]")
    for width in ("", "0", "49", "8001", "100.5"):
        page.fill("[name=width]", width)
        assert "whole numbers from 50 to 8,000" in fault.inner_text(), width
        assert export.is_disabled()
    page.fill("[name=width]", "6000")
    page.fill("[name=height]", "4000")
    assert "at most 64 million pixels" in fault.inner_text()
    page.select_option("[name=scale]", "1")
    assert fault.inner_text() == ""
    assert "6,000 \u00d7 4,000 pixels" in page.inner_text("#picture-dialog")
    assert export.is_enabled()
    page.select_option("[name=scale]", "4")
    assert export.is_disabled()
    page.select_option("[name=format]", "pdf")  # vectors have no pixels
    assert export.is_enabled()


def test_a_picture_that_the_browser_refuses_is_said(visit, tmp_path):
    page = visit("?collection=soft")
    page.evaluate("void (HTMLCanvasElement.prototype.toBlob = (done) => done(null))")
    open_dialog(page)
    page.click("#picture-dialog [type=submit]")
    page.locator(".fault", has_text="No file was written. The picture is").wait_for()
    page.select_option("[name=format]", "svg")
    picture(page, tmp_path, "points", "svg")  # what works, works
    page.click("#exports summary")
    page.click("[data-action=export-png]")
    page.locator("#toast", has_text="No file was written. The picture is").wait_for()


def test_the_dialog_is_left_by_escape_and_by_a_button(visit):
    page = visit("?collection=soft")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.click("#picture-dialog button:has-text('Cancel')"),
        lambda: page.mouse.click(5, 5),
    ):
        open_dialog(page)
        assert page.locator("#picture-dialog").is_visible()
        leave()
        assert page.locator("#picture-dialog").is_hidden()
    stored = "[localStorage.length, sessionStorage.length, document.cookie]"
    before = page.evaluate(stored)
    assert before[2] == ""


# Data


def test_data_are_of_the_selection(visit, tmp_path):
    page = visit("?collection=tree&dim=3&selection=eel,birds")
    path = exported(page, "csv", tmp_path)
    assert path.name == "tree-2-tasks.csv"
    frame = pd.read_csv(path)
    assert frame["name"].tolist() == ["eel", "birds"]
    assert frame["rank"].tolist() == ["species", "order"]
    np.testing.assert_allclose(frame["lower_1"], [3.02, 0.01], rtol=1e-6)
    assert "upper_3" in frame
    path = exported(page, "json", tmp_path)
    assert path.name == "tree-2-tasks.json"
    assert json.loads(path.read_text())[1]["parents"] == ["life"]
    path = exported(page, "parquet", tmp_path)
    assert path.name == "tree-2-tasks.parquet"
    assert pd.read_parquet(path)["members"].tolist() == [1, 2]


def test_without_a_selection_data_are_of_what_the_table_shows(visit, tmp_path):
    page = visit("?collection=tree&task=birds")
    page.locator("#contained-title", has_text="Contained in “Birds”").wait_for()
    page.click("#exports summary")
    count = page.locator("#export-count")
    wait_for(lambda: count.inner_text() == "Data: 2 in the table")
    page.click("#exports summary")
    frame = pd.read_csv(exported(page, "csv", tmp_path))
    assert sorted(frame["name"]) == ["eagle", "parrot"]
    page.evaluate(
        """async () => {
            const api = await window.dash_ag_grid.getApiAsync("contained");
            await api.setColumnFilterModel("task", { type: "contains", filter: "arr" });
            api.onFilterChanged();
        }"""
    )
    wait_for(
        lambda: (
            page.locator("#contained .ag-center-cols-container .ag-row").count() == 1
        )
    )
    assert pd.read_csv(exported(page, "csv", tmp_path))["name"].tolist() == ["parrot"]


def test_an_empty_table_has_no_data_and_files_wait_for_the_server(visit):
    page = visit("?collection=tree&task=eagle")
    page.locator("#contained-title", has_text="0 tasks").wait_for()
    page.click("#exports summary")
    page.click("[data-action=export-csv]")
    page.locator("#toast", has_text="The table is empty").wait_for()
    page.evaluate("task2box.explorer.toggle(2)")
    page.evaluate("void (window.answering = window.fetch)")
    for kind in ("json", "html"):
        silent = "window.fetch = () => Promise.reject(new Error('gone'))"
        page.evaluate(f"void ({silent})")
        page.click("#exports summary")
        page.click(f"[data-action=export-{kind}]")
        page.locator("#notice", has_text="The server does not answer.").wait_for()
        with page.expect_download() as download:
            page.evaluate("void (window.fetch = window.answering)")
        assert download.value.suggested_filename.endswith(f".{kind}")


def test_data_of_all_of_a_large_collection(visit, tmp_path):
    page = visit("?collection=imagenet21k")
    page.locator("#contained-title", has_text="All 22,675 tasks").wait_for()
    path = exported(page, "parquet", tmp_path)
    assert path.name == "imagenet21k-22675-tasks.parquet"
    assert len(pd.read_parquet(path, columns=["name"])) == 22_675


# Without a server


def test_a_file_of_its_own_selects_and_exports_too(visit, context, tmp_path):
    page = visit("?collection=tree&selection=eel,shark")
    page.click("#exports summary")
    with page.expect_download() as download:
        page.click("[data-action=export-html]")
    path = tmp_path / "tree.html"
    download.value.save_as(path)
    context.set_offline(True)
    alone = context.new_page()
    alone.goto(path.as_uri())
    ready(alone)
    rows = "Array.from(task2box.explorer.state.selection?.rows || [])"
    assert alone.evaluate(rows) == [6, 5]
    assert alone.inner_text("#live") == "2 tasks selected."
    alone.click("[data-action=export-picture]")
    path = picture(alone, tmp_path, "boxes", "pdf")
    check_places(path.read_bytes())
    alone.locator("#boxes-panel").focus()
    alone.keyboard.press("Escape")
    assert alone.evaluate(rows) == []

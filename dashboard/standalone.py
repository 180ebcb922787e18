"""One HTML file that keeps hover, zoom, search and drill-down, and needs no network.

What is large in it is packed (gzip, base64): a collection of 22,675 tasks fits in 6 MB.
"""

import base64
import functools
import gzip
import json
from dataclasses import asdict
from html import escape
from pathlib import Path

import plotly.io as pio
from plotly.offline import get_plotlyjs

from dashboard.axes import CONFIG, axes_figure
from dashboard.view import View

MODULES = (
    "atlas.js",
    "axes.js",
    "words.js",
    "columns.js",
    "edges.js",
    "colors.js",
    "filter.js",
    "layers.js",
    "stamps.js",
    "svg.js",
    "selection.js",
    "highlights.js",
    "lettering.js",
    "painter.js",
    "gestures.js",
    "flight.js",
    "sheet.js",
    "panel.js",
    "webgl.js",
    "members.js",
    "disagreement.js",
    "cuboids.js",
    "captions.js",
    "legend.js",
    "evaluation.js",
    "explanation.js",
    "tools.js",
    "interval-painter.js",
    "intervals.js",
    "fits.js",
    "matrix-painter.js",
    "matrix.js",
    "replay.js",
    "placed.js",
    "placed-painter.js",
    "placed-list.js",
    "windows.js",
    "pictures.js",
    "icicle.js",
    "tree.js",
    "explorer.js",
    "controls.js",
    "search.js",
    "keyboard.js",
    "help.js",
    "helvetica.js",
    "pdf.js",
    "picture.js",
    "picture-dialog.js",
    "export.js",
    "standalone.js",
)
BODY = """
<div id="page" class="standalone">
<a class="skip" href="#pictures">Skip to the picture</a>
<header>
  <h1><span class="logo"></span>{title}</h1>
  <div class="search">
    <ul id="search-results" role="listbox" hidden></ul>
  </div>
  <div id="dim" class="segments" role="group" title="Dimensions"></div>
  <label class="labelled"><span class="muted">axes</span>
    <select id="axes"
      aria-label="Axes along which boxes are seen"></select></label>
  <label class="labelled"><span class="muted">beside</span>
    <select id="beside"
      aria-label="Beside the boxes"></select></label>
  <label class="labelled"><span class="muted">features</span>
    <select id="features"
      aria-label="By what tasks are compared"></select></label>
  <label class="labelled"><span class="muted">colour</span>
    <select id="color"
      aria-label="Colour"></select></label>
  <details class="menu"><summary>Layers</summary><div id="layers"></div></details>
  <select id="collection" hidden></select>
  <span class="spring"></span>
  <button type="button" data-action="evaluation">Evaluation</button>
  <button type="button" data-action="export-picture">Picture…</button>
  <button type="button" data-action="export-png">PNG</button>
  <button type="button" data-action="export-svg">SVG</button>
  <button type="button" data-action="help" title="Keys and gestures"
    aria-label="Keys and gestures">?</button>
  <button type="button" data-action="theme" title="Light or dark"
    aria-label="Light or dark">◐</button>
</header>
<nav id="breadcrumb" aria-label="Where you are"></nav>
<p id="notes" hidden></p>
<main><section id="pictures">
  <div id="legend" class="legend" role="group" aria-label="Colours"></div>
  <div id="boxes-panel" class="panel" tabindex="0" role="application"
    aria-label="Boxes" aria-describedby="hint">
    <canvas class="base"></canvas><canvas class="marks"></canvas>
    <div id="boxes" class="graph"></div>
    <div class="zoom">
      <button type="button" data-action="zoom-in" title="Zoom in"
        aria-label="Zoom in">+</button>
      <button type="button" data-action="zoom-out" title="Zoom out"
        aria-label="Zoom out">-</button>
      <button type="button" data-action="zoom-fit" title="Show all of it"
        aria-label="Show all of it">⤢</button>
      <button type="button" data-action="up" title="Up to the parent"
        aria-label="Up to the parent">↑</button>
    </div>
  </div>
  <div id="cuboids-panel" class="panel" tabindex="0" role="application"
    aria-label="Boxes in three dimensions" aria-describedby="hint" hidden>
    <div id="cuboids" class="graph"></div>
    <div id="cuboids-legend" hidden></div>
  </div>
  <div id="projection-panel" class="panel" tabindex="0" role="application"
    aria-label="Points" aria-describedby="hint">
    <canvas class="base"></canvas><canvas class="marks"></canvas>
    <div id="projection" class="graph"></div>
  </div>
  <p id="hint" class="unseen">Arrow keys move from box to box, Enter looks inside,
    Backspace goes up, question mark lists all keys.</p>
</section></main>
<p id="live" aria-live="polite"></p>
<dialog id="evaluation-dialog" aria-labelledby="evaluation-title">
  <button type="button" data-action="close-evaluation" title="Close"
    aria-label="Close">✕</button>
  <div id="evaluation"></div>
</dialog>
<dialog id="help-dialog" aria-labelledby="help-title">
  <button type="button" data-action="close-help" title="Close"
    aria-label="Close">✕</button>
  <div id="help"></div>
</dialog>
<div id="tooltip" role="tooltip" hidden></div>
<div id="toast" role="status" hidden></div>
</div>
"""


def standalone_html(
    *,
    title: str,
    columns: str,
    boxes: str,
    words: str,
    values: str,
    figures: str,
    fits: str,
    matrix: str,
    view: View,
    assets: Path,
) -> str:
    """The page of one view as a single file.

    Args:
        title: Of the collection.
        columns: JSON of the collection's payload.
        boxes: JSON of the boxes of further dimensions, by these.
        words: JSON of the texts that are searched.
        values: JSON of the columns that can be colours.
        figures: JSON of the report of the evaluation.
        fits: JSON of the further fit that is seen, by its name.
        matrix: JSON of the distances that are seen; of an empty object for none.
        view: What the file opens with.
        assets: Folder of the browser modules and the style sheet.
    """
    title = escape(title)
    start = {
        "view": asdict(view),
        "axes": json.loads(pio.to_json(axes_figure())),
        "config": CONFIG,
    }
    modules = [(assets / name).read_text(encoding="utf-8") for name in MODULES]
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>{(assets / 'style.css').read_text(encoding='utf-8')}</style>",
            f"</head><body>{BODY.format(title=title)}",
            _packed("columns", columns),
            _packed("further", boxes),
            _packed("words", words),
            _packed("values", values),
            _packed("figures", figures),
            _packed("fits", fits),
            _packed("matrix", matrix),
            _plotly(),
            _data("start", json.dumps(start)),
            *(_script(text) for text in modules),
            "</body></html>",
        ]
    )


def _data(id: str, text: str) -> str:
    # Names are data: with no "<" in it nothing can end the element or open another.
    inert = text.replace("<", "\\u003c")
    return f'<script type="application/json" id="{id}">{inert}</script>'


def _packed(id: str, text: str) -> str:
    # No time in it: equal views give equal files.
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f'<script type="application/gzip" id="{id}">{packed}</script>'


@functools.cache
def _plotly() -> str:
    return _packed("plotly", get_plotlyjs())


def _script(text: str) -> str:
    inert = text.replace("</script", r"<\/script")
    return f"<script>{inert}</script>"

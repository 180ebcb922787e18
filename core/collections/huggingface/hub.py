"""What the Hugging Face Hub itself says of its image-classification data sets.

Requests wait and try again where the Hub asks for it (429, 5xx) or does not answer; a
card that was read is kept, so an interrupted build goes on where it stopped.
"""

import base64
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any
from urllib.parse import quote

from core.collections.huggingface.card import facts, sentences
from core.collections.huggingface.dataset import DataSet
from core.errors import DataError

FILTER = "task_categories:image-classification"
PAGE = 100  # data sets asked for at once
# After so many data sets in a row without an answer the others are not asked any more:
# every one of them would cost all retries.
PATIENCE = 3
METADATA = re.compile(r"\s*---[ \t]*$(?P<block>.*?)^---[ \t]*$", re.M | re.S)
LOGIN = "log in with `hf auth login` and ask for access on its page"

Skipped = list[dict[str, str]]


@dataclass(frozen=True)
class Hub:
    """Where the Hub is and how patiently it is asked.

    Before the first retry `wait` seconds pass, then twice as many each time, up to 8,
    or as many as the Hub says in `Retry-After`.
    """

    endpoint: str
    timeout: float = 30.0
    retries: int = 5
    wait: float = 1.0


@dataclass(frozen=True)
class Entry:
    """A line of the Hub's listing."""

    id: str
    sha: str
    tags: tuple[str, ...]


class Unread(Exception):
    """Something of the Hub cannot be had; the message is the reason alone."""


class Unanswered(Unread):
    """The Hub did not answer, or only with errors of its own."""


def hub() -> Hub:
    """The Hub that the person uses: `HF_ENDPOINT`, or huggingface.co."""
    from huggingface_hub.constants import ENDPOINT

    return Hub(ENDPOINT)


def data_sets(
    hub: Hub, limit: int, kept: MutableMapping[str, str]
) -> tuple[list[DataSet], list[Entry], Skipped]:
    """The `limit` most downloaded data sets, their entries, and what could not be read.

    A data set without a whole card is built from its id and tags, and listed.

    Raises:
        DataError: The Hub lists none.
    """
    from tqdm import tqdm

    entries, skipped = listing(hub, limit)
    sets, silent = [], 0
    for entry in tqdm(entries, desc="cards", disable=None):
        text, wrong = "", "not asked for its card: the Hub had stopped answering"
        if silent < PATIENCE:
            try:
                text, wrong = card(hub, entry, kept)
                silent = 0
            except Unread as error:
                silent = silent + 1 if isinstance(error, Unanswered) else 0
                wrong = f"its card cannot be read: {error}"
        one, broken = data_set(hub, entry, text)
        sets.append(one)
        if wrong or broken:
            reason = f"{wrong or broken}; built from what else is known"
            skipped.append({"item": entry.id, "reason": reason})
    return sets, entries, skipped


def listing(hub: Hub, limit: int) -> tuple[list[Entry], Skipped]:
    """The most downloaded data sets; pages that cannot be read are said to be missing.

    Raises:
        DataError: Nothing is listed.
    """
    found: dict[str, Entry] = {}
    skipped: Skipped = []
    try:
        for line in _lines(hub, limit):
            entry = _entry(line)
            if entry is not None:
                found.setdefault(entry.id, entry)
            if len(found) == limit:
                break
    except Unread as error:
        if not found:
            raise DataError(
                f"The Hugging Face Hub at {hub.endpoint} does not list its data sets "
                f"({error}). Check the network and HF_ENDPOINT, or build without "
                "--from-hub."
            ) from error
        what = f"data sets after number {len(found)}"
        skipped.append({"item": what, "reason": f"not listed ({error})"})
    if not found:
        raise DataError(
            f"The Hugging Face Hub at {hub.endpoint} lists no data set for image "
            "classification. Check HF_ENDPOINT, or build without --from-hub."
        )
    return list(found.values()), skipped


def card(hub: Hub, entry: Entry, kept: MutableMapping[str, str]) -> tuple[str, str]:
    """The text of a data set's card, and what is wrong with it (mostly nothing).

    Raises:
        Unread: There is no card, or it cannot be had.
    """
    key = f"card {hub.endpoint} {entry.id} {entry.sha}"
    if key in kept:
        data = base64.b64decode(kept[key])
    else:
        revision = entry.sha or "main"
        path = f"/datasets/{quote(entry.id)}/resolve/{revision}/README.md"
        data = get(hub, hub.endpoint + path).content
        if entry.sha:  # of others it is not known when they change
            kept[key] = base64.b64encode(data).decode()
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        wrong = f"its card is not UTF-8 (byte {error.start})"
        return data.decode("utf-8", errors="ignore"), wrong


def data_set(hub: Hub, entry: Entry, text: str) -> tuple[DataSet, str]:
    """What a card and the listing say, and what is wrong with the card's metadata."""
    metadata, body, broken = parted(text)
    said, tags = facts(metadata), _tags(entry.tags)
    lines = sentences(body)
    one = DataSet(
        entry.id,
        "Hugging Face Hub",
        about=lines[0] if lines else "",
        task=said.task or tags.get("task_categories", ""),
        licence=said.licence or tags.get("license", ""),
        url=f"{hub.endpoint}/datasets/{entry.id}",
        size=said.size,
        classes=float(len(said.labels)) or nan,
        labels=said.labels,
        texts=lines[1:],
    )
    return one, broken


def parted(text: str) -> tuple[Mapping[str, Any], str, str]:
    """Metadata and body of a card, and why the metadata cannot be read."""
    from huggingface_hub import DatasetCard

    if not text.lstrip().startswith("---"):
        return {}, text, ""
    whole = METADATA.match(text)
    if whole is None:
        return {}, "", "the metadata of its card has no end"
    block, body = whole["block"].strip(), text[whole.end() :]
    if not block:
        return {}, body, ""
    try:
        return DatasetCard(f"---\n{block}\n---\n").data.to_dict(), body, ""
    except Exception as error:  # YAML and what the card makes of it raise many kinds
        lines = (str(error) or type(error).__name__).splitlines()
        return {}, body, f"the metadata of its card is broken ({lines[0]})"


def get(hub: Hub, url: str, params: Mapping[str, Any] | None = None) -> Any:
    """The Hub's answer to one question, asked again where that helps.

    Raises:
        Unread: It refuses, or there is no such thing.
        Unanswered: It does not answer, or is broken.
    """
    from httpx2 import HTTPError
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
        http_backoff,
    )

    try:
        answer = http_backoff(
            "GET",
            url,
            params=params,
            headers=build_hf_headers(),
            timeout=hub.timeout,
            follow_redirects=True,
            max_retries=hub.retries,
            base_wait_time=hub.wait,
        )
        hf_raise_for_status(answer)
    except OfflineModeIsEnabled as error:
        raise Unanswered("HF_HUB_OFFLINE is set; unset it") from error
    except HfHubHTTPError as error:
        raise _refusal(error.response.status_code) from error
    except HTTPError as error:
        what = " ".join(str(error).split()) or type(error).__name__
        raise Unanswered(f"no whole answer: {what}") from error
    return answer


def _refusal(status: int) -> Unread:
    if status in (401, 403):
        return Unread(f"gated or private (HTTP {status}): {LOGIN}")
    if status == 404:
        return Unread("there is none (HTTP 404)")
    kind = Unanswered if status == 429 or status >= 500 else Unread
    return kind(f"HTTP {status}")


def _lines(hub: Hub, limit: int) -> Iterator[Any]:
    """Lines of all pages, each asked for when it is needed."""
    url: str | None = f"{hub.endpoint}/api/datasets"
    params: dict[str, Any] | None = {
        "filter": FILTER,
        "sort": "downloads",
        "limit": min(limit, PAGE),
        "expand": ["sha", "tags", "downloads"],
    }
    while url:
        answer = get(hub, url, params)
        try:
            lines = answer.json()
        except ValueError as error:
            raise Unread("the listing is no JSON") from error
        if not isinstance(lines, list):
            raise Unread("the listing is no list")
        yield from lines
        url, params = answer.links.get("next", {}).get("url"), None


def _entry(line: Any) -> Entry | None:
    """A line of the listing; None where it names no data set."""
    if not isinstance(line, dict) or not isinstance(line.get("id"), str):
        return None
    tags = line.get("tags")
    known = tags if isinstance(tags, list) else []
    return Entry(
        id=line["id"],
        sha=str(line.get("sha") or ""),
        tags=tuple(str(tag) for tag in known),
    )


def _tags(tags: Sequence[str]) -> dict[str, str]:
    """Values of the tags `key:value`, several of one key joined."""
    found: dict[str, str] = {}
    for key, colon, value in (tag.partition(":") for tag in tags):
        if colon:
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found

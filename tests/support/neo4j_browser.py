"""Neo4j Browser in headless Chromium, driven as a person would: log in, drop files, run a query, look at the picture.

    with chromium() as window:
        log_in(window, access)
        run(window, "MATCH (n) RETURN n LIMIT 5")

Debian's chromium and chromium-driver are used as they are; nothing outside the loopback interface can be reached.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.neo4j_server import Neo4jAccess

PROVIDE = "apt-get install chromium chromium-driver"
WIDTH, HEIGHT = 1300, 860
_SECONDS = 60

_FRAME = '[data-testid="frame"]'
_COMMAND = '[data-testid="frameCommand"]'
_PLACES = "return [...document.querySelectorAll('g.node')].map(node => node.getAttribute('transform')).join()"

# The Browser listens for files on the element that covers its whole window.
_DROP = """
const [name, content] = arguments;
const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], name));
for (const event of ['dragenter', 'dragover', 'drop'])
    document.querySelector('.filedrop').dispatchEvent(new DragEvent(event, {bubbles: true, dataTransfer: data}));
"""
# Caption and colour of what is drawn; a caption is one text element a line for a node, one for a relationship.
_DRAWN = """
const frame = arguments[0];
const texts = element => [...element.querySelectorAll('text')].map(text => text.textContent.trim());
const words = element => texts(element).filter(Boolean).join(' ');
const nodes = [...frame.querySelectorAll('g.node')].map(
    node => [words(node), (node.querySelector('circle.b-outline') || node.querySelector('circle')).getAttribute('fill')]);
return [nodes, [...frame.querySelectorAll('g.relationship')].map(words)];
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a frame of the Browser draws: caption and fill colour of every node, caption of every relationship."""

    nodes: tuple[tuple[str, str], ...]
    relationships: tuple[str, ...]


def missing() -> str | None:
    """Return what has to be installed before `chromium` works, `None` when all is there."""
    return None if shutil.which("chromium") and shutil.which("chromedriver") else PROVIDE


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Open a headless Chromium that reaches the loopback interface alone."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in (
        "--headless=new",
        f"--window-size={WIDTH},{HEIGHT}",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--lang=en",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium refuses its sandbox to root
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver") or "chromedriver")
    window = webdriver.Chrome(options=options, service=service)
    try:
        window.set_page_load_timeout(_SECONDS)
        yield window
    finally:
        window.quit()


def log_in(window: webdriver.Chrome, access: Neo4jAccess) -> None:
    """Open the Browser of `access` and connect with its user and password."""
    window.get(f"{access.http}/browser/")
    _fill(window, "boltaddress", access.uri)
    _fill(window, "username", access.user)
    _fill(window, "password", access.password)
    _seen(window, '[data-testid="connect"]').click()
    _connected(window)
    kept = "return (localStorage.getItem('neo4j.connections') || '').includes(arguments[0])"
    WebDriverWait(window, _SECONDS).until(lambda page: page.execute_script(kept, access.password))


def drop(window: webdriver.Chrome, name: str, content: bytes) -> None:
    """Drop a file called `name` onto the window, when it is done with what was dropped before."""
    _seen(window, ".filedrop:not(.has-file-hovering)")
    window.execute_script(_DROP, name, base64.b64encode(content).decode("ascii"))


def command(window: webdriver.Chrome, text: str) -> None:
    """Paste `text`, which begins with a comment, into the editor, run it and return when its frame is there."""
    drop(window, "query.cypher", text.encode("utf-8"))
    _seen(window, ".filedrop-paste-in-editor").click()
    second = _bare(text.split("\n")[1])  # a command's frame leaves the comment out
    WebDriverWait(window, _SECONDS).until(lambda page: second in _bare(_seen(page, ".monaco-editor").text))
    _seen(window, '[data-testid="editor-Run"]').click()
    WebDriverWait(window, _SECONDS).until(lambda page: second in _bare(_seen(page, f"{_FRAME} {_COMMAND}").text))


def run(window: webdriver.Chrome, query: str) -> WebElement:
    """Run `query`, which begins with a comment, and return the frame that draws its result."""
    command(window, query)
    frame = _seen(window, _FRAME)
    _seen(frame, "g.node")
    return frame


@contextmanager
def whole_window(window: webdriver.Chrome) -> Iterator[None]:
    """Give the uppermost frame the whole window for a while, its drawing fitted into it and at rest."""
    _seen(window, f'{_FRAME} [title="Fullscreen"]').click()
    _seen(window, '[aria-label="zoom-to-fit"]').click()
    rest: list[str] = []

    def at_rest(page: webdriver.Chrome) -> bool:
        rest.append(page.execute_script(_PLACES))
        return len(rest) > 2 and rest[-1] == rest[-2] == rest[-3]

    WebDriverWait(window, _SECONDS, poll_frequency=0.5).until(at_rest)
    try:
        yield
    finally:
        _seen(window, '[title="Close fullscreen"]').click()


def favourites(window: webdriver.Chrome, folder: str) -> list[str]:
    """Open the drawer of favourites and return the titles in `folder`."""
    _seen(window, '[data-testid="navigationFavorites"]').click()
    _seen(window, f'[data-testid="expandFolder-{folder}"]').click()
    titles = f'[data-testid="savedScriptsFolder-{folder}"] [data-testid^="scriptTitle-"]'
    _seen(window, titles)
    return [title.text for title in window.find_elements(By.CSS_SELECTOR, titles)]


def picture(window: webdriver.Chrome, frame: WebElement) -> Picture:
    """Return what `frame` draws."""
    nodes, relationships = window.execute_script(_DRAWN, frame)
    return Picture(tuple((caption, colour) for caption, colour in nodes), tuple(relationships))


def _connected(window: webdriver.Chrome) -> None:
    """Wait for the prompt that names the database."""
    WebDriverWait(window, _SECONDS).until(lambda page: "neo4j$" in page.find_element(By.TAG_NAME, "body").text)


def _fill(window: webdriver.Chrome, name: str, text: str) -> None:
    field = _seen(window, f'[data-testid="{name}"]')
    field.clear()
    field.send_keys(text)


def _bare(text: str) -> str:
    return "".join(text.split())


def _seen(window: Any, selector: str) -> WebElement:
    found: WebElement = WebDriverWait(window, _SECONDS).until(
        lambda page: next((one for one in page.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()), None),
        f"nothing to be seen of {selector}",
    )
    return found

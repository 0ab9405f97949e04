"""From what sources said to what we believe: pure functions, no I/O, no clock."""

from kgfuse.fuse.fuse import fit, fit_and_fuse, fuse

__all__ = ["fit", "fit_and_fuse", "fuse"]

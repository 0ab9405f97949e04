"""The commands, a module a group. Heavy imports stand inside the functions, so that `kgfuse --help` is instant."""

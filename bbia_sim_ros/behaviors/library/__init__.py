"""The behaviors of this package, one file each: every `Behavior` that a file defines is known."""

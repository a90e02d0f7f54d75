"""What the monitor knows of the whole stack, and what it does about it."""

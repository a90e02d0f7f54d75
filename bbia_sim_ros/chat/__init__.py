"""A conversation that answers, remembers, and moves the robot through checked tools."""

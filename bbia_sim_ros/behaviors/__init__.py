"""What the robot does by itself: behaviors, one file each, of which one at a time has the body."""

"""Sound that comes in: devices and files, turned into numbered chunks of 16 kHz mono. No ROS."""

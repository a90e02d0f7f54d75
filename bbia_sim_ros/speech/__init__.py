"""Text to sound: what is said, by which engine, and when which sample is heard. No ROS."""

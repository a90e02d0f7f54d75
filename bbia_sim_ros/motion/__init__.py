"""What the body does and how it gets there: moves, layers, the mixer, emotions (numpy, no ROS)."""

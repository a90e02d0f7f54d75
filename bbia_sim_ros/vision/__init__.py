"""What the robot sees: detectors, people with stable identities, and eyes that follow."""

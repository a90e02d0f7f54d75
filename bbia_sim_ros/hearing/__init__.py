"""From numbered chunks of sound to utterances, and from utterances to text. No ROS in here."""

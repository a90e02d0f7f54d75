"""Topics recorded into MCAP files and read back; no ROS client library in here."""

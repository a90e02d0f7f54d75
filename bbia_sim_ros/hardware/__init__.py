"""The real robot: its daemon's WebSocket and REST interface behind the driver's types."""

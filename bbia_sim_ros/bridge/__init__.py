"""The rosbridge v2 server: protocol, sessions, codecs, rosapi (asyncio, no rclpy)."""

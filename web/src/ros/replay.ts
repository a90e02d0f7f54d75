/** Is what the page shows a robot, or the recording of one? The ROS graph says who publishes it. */

/** Nodes that publish what was recorded: our player, and that of `ros2 bag play`. */
const PLAYER = /^\/(player_\d+|rosbag2_player)$/;

/**
 * Returns whether it is a recording: a player publishes it, and no driver is there. What came from
 * a player stays a recording when the player has gone (`before`), until there is a driver.
 */
export function isReplay(
  hasDriver: boolean,
  publishers: readonly string[],
  before: boolean,
): boolean {
  return !hasDriver && (before || publishers.some((node) => PLAYER.test(node)));
}

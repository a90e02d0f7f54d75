/** English texts of the view of several robots. */

export const enFleet = {
  'fleet.title': 'All robots',
  'fleet.count': '{n} robots',
  'fleet.choose': 'Robot that this page shows',
  'fleet.all': 'All robots…',
  'fleet.open': 'Open {name}',
  'fleet.hidden': '{n} more are not shown; the stop reaches them all the same.',
  'fleet.waiting': 'Nothing heard yet',
  'fleet.lost': 'Not heard for {age}',
  'fleet.motors.on': 'Motors on',
  'fleet.motors.compliant': 'Motors soft',
  'fleet.motors.off': 'Motors off',
  'fleet.ready': 'Ready',
  'fleet.notReady': 'Not connected',
  'fleet.stop': 'Stop all',
  'fleet.stopLabel': 'Emergency stop of all robots (Escape or space bar)',
  'fleet.rearm': 'Release all',
  'fleet.undelivered': 'STOP NOT DELIVERED to {names}. It is asked for again and again.',
} as const;

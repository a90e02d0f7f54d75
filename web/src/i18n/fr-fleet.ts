/** Textes français de la vue de plusieurs robots. */

import type { enFleet } from './en-fleet';

export const frFleet: Readonly<Record<keyof typeof enFleet, string>> = {
  'fleet.title': 'Tous les robots',
  'fleet.count': '{n} robots',
  'fleet.choose': 'Robot que montre cette page',
  'fleet.all': 'Tous les robots…',
  'fleet.open': 'Ouvrir {name}',
  'fleet.hidden': '{n} autres ne sont pas montrés ; l’arrêt les atteint aussi.',
  'fleet.waiting': 'Rien reçu pour l’instant',
  'fleet.lost': 'Plus de nouvelles depuis {age}',
  'fleet.motors.on': 'Moteurs actifs',
  'fleet.motors.compliant': 'Moteurs souples',
  'fleet.motors.off': 'Moteurs coupés',
  'fleet.ready': 'Prêt',
  'fleet.notReady': 'Pas connecté',
  'fleet.stop': 'Tout arrêter',
  'fleet.stopLabel': 'Arrêt d’urgence de tous les robots (Échap ou barre d’espace)',
  'fleet.rearm': 'Tout libérer',
  'fleet.undelivered': 'ARRÊT NON TRANSMIS à {names}. Il est redemandé sans relâche.',
};

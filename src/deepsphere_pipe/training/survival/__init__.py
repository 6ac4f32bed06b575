"""How a training survives: checkpoints, locks, sessions, interruption, several processes."""

"""What goes wrong on the simulated exchanges, by a seed: settings, the pure plan, and the doing."""

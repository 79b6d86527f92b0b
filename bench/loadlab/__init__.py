"""The load lab: Martlet and its peers under the same load, on one machine, in one run."""

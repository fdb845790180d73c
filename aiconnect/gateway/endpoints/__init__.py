"""The gateway's paths, one file per dialect."""

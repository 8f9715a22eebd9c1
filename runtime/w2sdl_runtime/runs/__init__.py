"""The record of a run, while it goes on and afterwards."""

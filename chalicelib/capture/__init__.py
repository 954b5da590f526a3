"""Capture jobs: documents of events that partners send, taken in whole and worked on later."""

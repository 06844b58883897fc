"""The dashboard: what a run folder says, on a local page. It only reads; the run does not know of it."""

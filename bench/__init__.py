"""Our figures: aiconnect beside direct calls to a fake upstream, on one machine, in one run."""

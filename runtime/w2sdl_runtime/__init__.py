"""Execution of compiled w2sdl graphs: operations, store, executors, report."""

"""What a file is and holds, in a few lines: any that the pipeline leaves, and any input."""

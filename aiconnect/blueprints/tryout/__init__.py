"""Try-outs: a prompt, one to four models, and their answers as they come."""

"""What the study learns from: a row a bar, what is known at its close, and what came after it."""

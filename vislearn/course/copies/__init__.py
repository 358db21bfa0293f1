"""A learner's own copy of the lessons: made once, and brought up to date without losing a word of theirs."""

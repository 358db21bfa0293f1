# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Start here: the lessons, your progress, and every term
#
# Run the cells below with **Shift + Enter**; come back and run them again whenever you like. What you did in the
# lessons is kept on this computer only, and nobody else sees it.

# %% [markdown]
# ## The lessons
#
# A lesson is finished when all its exercises are right. *After lesson* says what to know first: lesson 6 comes before
# lesson 4.

# %% tags=["exact"]
from vislearn.course import home

home.lesson_map()

# %% [markdown]
# ## Five questions of the day
#
# What you answer from memory stays longer than what you read twice. These questions are about lessons that you have
# finished. What you got wrong last time comes first.

# %% tags=["exact"]
home.todays_questions()

# %% [markdown]
# ## Every term in one line
#
# The number leads to the lesson where the term first matters. In brackets, the word in the other edition.

# %% tags=["exact"]
home.glossary()

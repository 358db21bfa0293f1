"""What a figure says, and how two are compared by it, whatever they look like.

digest, with plots: what a drawn figure shows, as a small dictionary. signature: what a picture looks like, in
a few hundred bytes. compare, with axes, texts and looks: how two digests differ, within the tolerances; it
needs neither matplotlib nor torch. terms: the words that both sides use.
"""

__all__: list[str] = []

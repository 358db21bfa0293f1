"""What a figure says, and how two are compared by it, whatever they look like.

digest: what a drawn figure shows, as a small dictionary. signature: what a picture looks like, in a few
hundred bytes. compare and looks: two digests and two signatures; they need neither matplotlib nor torch.
"""

__all__: list[str] = []

"""Sets with boxes, written as other programs read them.

samples: what stands in a set. digits: numbers that come back as they were. losses: what a format can't hold.
staging: files that come together, or not at all. coco_writer, voc_writer, yolo_writer: one format each.
convert: all of them by name. opening: which format a folder has.
"""

__all__: list[str] = []

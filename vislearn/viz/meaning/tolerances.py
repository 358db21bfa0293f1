"""How far two figures may be apart and still mean the same."""

__all__ = [
    "BOX",
    "BOX_PX",
    "FRAME",
    "LEVELS",
    "LIMITS",
    "NUMBER",
    "NUMBER_LEAST",
    "SHARE",
    "SIZE",
    "SPREAD",
    "TALLER",
    "VALUE",
]

VALUE = 0.12  # of the axis: an accuracy on a few hundred pictures moves this much with another rounding
SPREAD = 0.25  # of the axis: the lowest and highest of a few runs vary more than their mean
LIMITS = 0.25  # of the axis: its ends follow the lowest and highest number
NUMBER = 0.12  # of a number with decimals or % in a text: as for values
NUMBER_LEAST = 0.06  # but as much as is lost by rounding to one decimal; in percent, 6 points
BOX = 0.005  # of the picture's side: 5 px of 1000
BOX_PX = 1.5  # px on the page: pictures lie on whole pixels of the drawing, boxes need not
FRAME = 0.02  # of the picture's side: a box that is as large as its picture is the picture's frame
SIZE = 0.02  # of the width of a figure or picture; another font only makes a sheet taller
TALLER = 0.35  # of the height of a sheet: titles wrap into more or fewer lines

# two pictures
LEVELS = 5.0  # of 255: above what nobody sees (±2) and what another way to resize does; a thin box does more
SHARE = 0.06  # of the pixels that have another tone

"""Numbers as people read them on a picture."""

import math

__all__ = ["few_digits", "percent", "unbroken_percent"]


def percent(share: float) -> str:
    """A probability in 0…1 as people say it; never a rounded-up certainty.

    >>> percent(0.934), percent(0.9996), percent(0.0004)
    ('93 %', '> 99 %', '< 1 %')
    """
    if 0.99 < share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def unbroken_percent(share: float) -> str:
    r"""The same for running text: however narrow the page, the sign stays beside its number.

    >>> unbroken_percent(0.934)
    '93\xa0%'
    """
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")


def few_digits(number: float) -> str:
    """A number of any size in few digits.

    >>> [few_digits(number) for number in (123.4, 12.34, 1.234, 0.01234, 0.0, -0.5, 1.234e-7)]
    ['123', '12.3', '1.23', '0.012', '0', '−0.50', '1.2e−07']
    """
    size = abs(number)
    if size >= 1e6 or 0 < size < 1e-4:
        text = f"{number:.1e}"
    elif size >= 1:
        text = f"{number:.{max(0, 3 - len(str(int(size))))}f}"
    else:
        text = f"{number:.{1 - math.floor(math.log10(size))}f}" if size else "0"
    return text.replace("-", "−")

"""An exported model as a page for everybody: upload, camera, drawing, in both languages, without internet.

:func:`serve` answers on this computer alone; :func:`write_folder` makes a folder for any web host, whose
answers come from the browser.
"""

from vislearn.demo.folder import write_folder
from vislearn.demo.serving import serve

__all__ = ["serve", "write_folder"]

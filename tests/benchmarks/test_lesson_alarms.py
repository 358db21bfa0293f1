import nbformat
import pytest

LOOP = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(8):
    loss = nn.functional.cross_entropy(model(torch.rand(3, 4)), torch.tensor([0, 1, 0]))
    {zero}
    loss.backward()
    optimizer.step()
"""


@pytest.fixture(scope="module")
def lesson_alarms(script):
    return script("lesson_alarms")


def test_trainings_are_counted_and_what_a_watch_says_is_told_with_its_cell(lesson_alarms, tmp_path):
    loops = [LOOP.format(zero="optimizer.zero_grad()"), LOOP.format(zero="pass")]
    cells = [nbformat.v4.new_code_cell(source) for source in loops]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_x.ipynb")
    trainings, said = lesson_alarms.alarms(tmp_path / "00_x.ipynb")
    assert trainings == 2
    assert [trap for _cell, trap, _sentence in said] == ["zero_grad_forgotten"]


def test_lessons_are_chosen_and_the_findings_counted(lesson_alarms, monkeypatch, capsys):
    monkeypatch.setattr(lesson_alarms, "alarms", lambda _notebook: (3, [[2, "missing_eval", "It moves."]]))
    monkeypatch.setattr("sys.argv", ["lesson_alarms", "02", "03"])
    lesson_alarms.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[::2]] == ["02_transfer_learning", "03_training_loop", "6"]
    assert lines[1].strip() == "run 2: missing_eval: It moves."

import warnings

import pytest
import torch
from torch import nn

from vislearn.training import ClassificationTask, compiled, fit, load_model, save_model
from vislearn.training.compiled import Compiled, plain, replays, without_gradients
from vislearn.training.updates import Updates

CPU = torch.device("cpu")
GRAPHS = "graphs"


def network():
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(4 * 36, 3))


def batches(*sizes):
    chance = torch.Generator().manual_seed(1)
    return [
        (torch.randn(n, 3, 8, 8, generator=chance), torch.randint(3, (n,), generator=chance)) for n in sizes
    ]


@pytest.fixture
def recorded(monkeypatch):
    """As on an NVIDIA GPU, but torch's compiler stops before it makes kernels; what it was asked for."""
    asked, compile = [], torch.compile

    def without_kernels(model, **how):
        asked.append(how)
        return compile(model, backend="eager", dynamic=how.get("dynamic"))

    monkeypatch.setattr(torch, "compile", without_kernels)
    monkeypatch.setattr(compiled, "_why_no_graphs", lambda device: "")
    yield asked
    torch._dynamo.reset()


@pytest.fixture
def unable(monkeypatch):
    """As on a machine without a compiler."""

    def kernels(*inputs):
        raise RuntimeError("Failed to find C compiler.\n  Please set CC.")

    monkeypatch.setattr(torch, "compile", lambda model, **how: kernels)
    monkeypatch.setattr(compiled, "_why_no_graphs", lambda device: "")


def trained(train=None, **more):
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    train = train or batches(8, 8, 8, 3)
    torch.manual_seed(2)
    history = fit(
        model,
        ClassificationTask(),
        train,
        epochs=2,
        optimizer=optimizer,
        device=CPU,
        val_loader=batches(8, 8, 5),
        **more,
    )
    return model, [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]


def assert_equal(one, other):
    (model, rows), (same, same_rows) = one, other
    assert rows == same_rows
    assert all(torch.equal(kept, same.state_dict()[name]) for name, kept in model.state_dict().items())


@pytest.mark.parametrize("more", [{}, {"accumulate": 2}, {"amp": "bf16", "channels_last": True}], ids=str)
@pytest.mark.parametrize("how", [True, GRAPHS])
def test_compiled_or_not_it_is_the_same_training_to_the_bit(recorded, how, more):
    assert_equal(trained(**more), trained(compile=how, **more))
    (asked,) = recorded
    assert asked == ({"mode": "reduce-overhead", "dynamic": False} if how == GRAPHS else {})


def test_fit_judges_through_what_it_compiled(recorded):
    judged = []

    class Spy(ClassificationTask):
        def evaluate(self, model, loader):
            judged.append((type(model), model.training, model.module.training))
            return super().evaluate(model, loader)

    model, data = network(), batches(4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, Spy(), data, epochs=1, optimizer=optimizer, device=CPU, val_loader=data, compile=GRAPHS)
    assert judged == [(Compiled, False, False)]


def calls(runner, sizes):
    for images, _target in batches(*sizes):
        runner(images)
    return runner.calls


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([8], (0, 1)),
        ([8, 8, 8, 3, 8], (3, 2)),  # the first and the short one
        ([3, 8, 8, 8, 3, 3], (2, 4)),  # resumed: a short batch is the first
    ],
)
def test_the_first_shape_that_comes_twice_is_recorded(recorded, sizes, counts):
    assert tuple(calls(Compiled(network(), graphs=True), sizes).values()) == counts


def test_judging_is_recorded_for_itself(recorded):
    runner = Compiled(network(), graphs=True)
    calls(runner, [8, 8])
    with without_gradients(runner):
        assert not torch.is_inference_mode_enabled()
        assert calls(runner.eval(), [5, 5, 5]) == {"compiled": 3, "plain": 2}
    with without_gradients(runner.module):
        assert torch.is_inference_mode_enabled()


def test_what_a_task_keeps_no_replay_writes_over(recorded, monkeypatch):
    answer = torch.zeros(2, 3)  # the one place in memory where a graph leaves its answers
    monkeypatch.setattr(torch, "compile", lambda model, **how: lambda images: {"out": answer.add_(1)})
    runner = Compiled(network(), graphs=True)
    kept = [runner(images) for images, _target in batches(2, 2, 2)][1:]
    assert [scores["out"][0, 0].item() for scores in kept] == [1, 2]


@pytest.mark.parametrize(("how", "copies"), [(True, 0), (GRAPHS, 4)])
def test_gradients_that_wait_for_a_step_are_copied_out_of_graphs(recorded, monkeypatch, how, copies):
    copied = []
    monkeypatch.setattr(Updates, "_copy_gradients", lambda self: copied.append(self))
    trained(compile=how, accumulate=2)
    assert len(copied) == copies  # one in each of two groups, in two epochs


@pytest.mark.parametrize("how", [True, GRAPHS])
def test_what_cannot_be_compiled_is_trained_as_it_is_after_one_warning(unable, how):
    with pytest.warns(
        UserWarning, match=r"left out: torch could not .* \(RuntimeError: Failed to find C compiler\)"
    ) as told:
        got = trained(compile=how)
    assert len(told) == 1
    assert_equal(trained(), got)


def test_where_the_network_itself_is_wrong_that_is_said(unable):
    runner = Compiled(nn.Linear(2, 2), graphs=False)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        runner(torch.zeros(1, 3))


def test_full_memory_is_no_reason_to_go_on_without(recorded, monkeypatch):
    def full(*_inputs):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(torch, "compile", lambda model, **how: full)
    with pytest.raises(torch.OutOfMemoryError):
        Compiled(network(), graphs=False)(torch.zeros(1, 3, 8, 8))


def test_an_error_after_many_good_calls_is_not_hidden(recorded, monkeypatch):
    answers = iter([torch.zeros(1)] * 3)
    monkeypatch.setattr(torch, "compile", lambda model, **how: lambda *_: next(answers))
    runner = Compiled(network(), graphs=False)
    calls(runner, [1] * 3)
    with pytest.raises(StopIteration):
        calls(runner, [1])


def test_lists_of_pictures_are_not_recorded(recorded):
    class Lists(nn.Module):
        def forward(self, images):
            return images[0]

    runner = Compiled(Lists(), graphs=True)
    with pytest.warns(UserWarning, match="compile='graphs' was left out: graphs need tensors of one shape"):
        runner([torch.ones(1)])
    assert runner([torch.ones(1)]) == 1
    assert runner.calls == {"compiled": 0, "plain": 2}


def test_parts_that_torch_did_not_record_are_told_once(recorded, monkeypatch):
    skips = iter([0])
    monkeypatch.setattr(compiled, "_skipped", lambda: next(skips, 1))
    runner = Compiled(network(), graphs=True)
    with pytest.warns(UserWarning, match="could not record parts of the network") as told:
        calls(runner, [4] * 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calls(runner.eval(), [4] * 6)  # another graph, whose skips are its own
    assert len(told) == 1


@pytest.mark.parametrize(
    ("device", "hip", "processes", "why"),
    [
        ("cpu", None, 1, "need an NVIDIA GPU, and this is a training on cpu"),
        ("cuda", "7.0", 1, "teach wrongly on AMD"),
        ("cuda", None, 2, "recorded by one process alone"),
    ],
)
def test_where_graphs_cannot_be_one_sentence_says_so(monkeypatch, device, hip, processes, why):
    monkeypatch.setattr(torch.version, "hip", hip)
    monkeypatch.setattr(compiled, "processes", lambda: processes)
    model = network()
    with pytest.warns(UserWarning, match=f"compile='graphs' was left out: .*{why}"):
        assert compiled.compiled(model, GRAPHS, torch.device(device)) is model
    assert not replays(model)


def test_on_one_nvidia_gpu_they_can_be(recorded, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(torch.version, "hip", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert replays(compiled.compiled(network(), GRAPHS, torch.device("cuda")))


def test_files_hold_the_names_of_the_plain_network(recorded, tmp_path):
    file = tmp_path / "training.pt"
    model, _rows = trained(compile=GRAPHS, checkpoint=file)
    for path in (
        save_model(tmp_path / "model.pt", torch.compile(model), classes="abc", transform=None),
        file.with_name("training.best.pt"),
    ):
        assert load_model(path, network()).model.state_dict().keys() == network().state_dict().keys()
    assert torch.load(file)["model"].keys() == network().state_dict().keys()


def test_a_network_that_came_compiled_is_kept_under_its_own_names(recorded, tmp_path):
    file, model = tmp_path / "training.pt", network()
    given = torch.compile(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(given, ClassificationTask(), batches(4), epochs=1, optimizer=optimizer, device=CPU, checkpoint=file)
    assert torch.load(file)["model"].keys() == model.state_dict().keys()
    assert plain(given) is model
    assert not given.training


@pytest.mark.skipif(
    not torch.cuda.is_available() or torch.version.hip is not None, reason="needs an NVIDIA GPU"
)
@pytest.mark.parametrize(
    "more", [{}, {"accumulate": 3}, {"amp": "fp16"}, {"amp": "bf16", "channels_last": True}], ids=str
)
def test_on_a_gpu_graphs_teach_what_plain_kernels_teach(more):
    kept = []

    class Keeping(ClassificationTask):
        def loss(self, model, batch):
            return super().loss(lambda images: self.keep(model(images)), batch)

        def keep(self, scores):
            kept.append((scores, scores.detach().clone()))
            return scores

    def learned(how):
        model = network()
        model[3].p = 0.0  # dropout draws otherwise in other kernels
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        fit(
            model,
            task,
            batches(8, 8, 8, 8, 8, 8, 8, 3),
            epochs=3,
            optimizer=optimizer,
            device=torch.device("cuda"),
            val_loader=batches(8, 8, 8, 5),
            compile=how,
            **more,
        )
        return torch.cat([parameter.detach().cpu().flatten() for parameter in model.parameters()])

    task, began = Keeping(), torch.cat([parameter.detach().flatten() for parameter in network().parameters()])
    plainly = learned(False)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "compile=")
        replayed = learned(GRAPHS)
    assert all(torch.equal(scores, then) for scores, then in kept)
    assert (replayed - plainly).norm() < 0.1 * (plainly - began).norm()

def test_an_absent_library_is_named(script, monkeypatch, capsys):
    benchmark = script("watched_trainers")
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    monkeypatch.setattr(benchmark.logging, "disable", lambda level: None)
    benchmark.main()
    assert capsys.readouterr().out.splitlines() == ["lightning is not here", "fastai is not here"]

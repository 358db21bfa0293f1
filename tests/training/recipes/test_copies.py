from PIL import Image

from vislearn.training.recipes.copies import tell_of_copies


def test_only_the_same_file_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, gray in zip(paths, (10, 200, 10), strict=True):
        Image.new("L", (4, 4), gray).save(path)
    said = []
    tell_of_copies(paths[:1], paths[1:2], "val", said.append)
    tell_of_copies([], [], "val", said.append)
    assert said == []
    tell_of_copies(paths[:1], paths[1:], "test", said.append)
    (told,) = said
    assert told.startswith(f"1 of the 2 pictures in test are in train, too, such as {paths[2]}.")

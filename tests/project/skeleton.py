"""What tools/stage start makes compiles, and the judge asks for the part meant first: skeleton.py JUDGE NN."""
import pathlib
import subprocess
import sys
import tempfile

from stagelib import course, maintain, workspace


def main(judge: str, number: str) -> int:
    """1 when it does not."""
    stage = course.find(course.load(), number)
    task = workspace.exercise(stage)
    assert task is not None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        maintain.eject(stage, folder)
        for file, text in workspace.skeleton(stage, task).items():
            path = folder / "stages" / stage.name / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        quick = ["-Dbuildtype=plain", "-Db_pch=false", "-Dunity=on", "-Dunity_size=100", "-Dwerror=true"]
        for command in (["meson", "setup", "build", *quick], ["ninja", "-C", "build"]):
            subprocess.run(command, cwd=folder, check=True)
        programs = folder / "build/stages" / stage.name
        for kind in ("server", "client"):
            if kind == "client" and number < "03":
                continue
            asked = subprocess.run([judge, f"--stage={number}", f"--{kind}={programs / kind}"],
                                   capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                continue  # the parts to write are the other program's
            print(asked.stdout)
            return 0 if asked.stdout.endswith(f", then {task.first}\n") else 1
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The board's benchmark compares boards that show the same; no figure is judged here, times are not tested."""

import asyncio
import json
import sys


async def _run(*options: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.board", *options), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, out.decode(), err.decode()


async def test_the_last_line_is_the_verdict_on_two_equal_boards() -> None:
    code, out, err = await _run("--finished", "2000", "--few", "100", "--reads", "10", "--rounds", "1")
    assert code == 0, err[-2000:]
    said = json.loads(out.splitlines()[-1])
    assert (said["valid"], said["finished"]) == (True, 2000)
    assert said["board_p99_many_vs_few"] > 0
    assert said["boards"].keys() == {"few", "many"}


async def test_a_bad_option_of_the_board_ends_with_exit_code_two() -> None:
    code, _, err = await _run("--finished", "none")
    assert (code, "--finished: must be a whole number above zero" in err) == (2, True)

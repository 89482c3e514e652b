%% S16: idle processes, and one message to each.
-module(footprint).
-export([init/1, run/2]).

init(Options) -> #{actors => bench:int("actors", Options)}.

run(_, #{actors := Actors}) ->
    Self = self(),
    erlang:garbage_collect(),
    Before = erlang:memory(processes),
    Start = bench:micros(),
    Pids = [spawn(fun() -> idle(Self) end) || _ <- lists:seq(1, Actors)],
    Spawned = bench:micros() - Start,
    erlang:garbage_collect(),
    Bytes = (erlang:memory(processes) - Before) / Actors,
    send(Pids, 0),
    Sum = collect(Actors, 0),
    [{offered, Actors}, {spawnMs, Spawned / 1000}, {bytesPerActor, Bytes}, {received, Actors},
     {sum, bench:uint32(Sum)}].

idle(Collector) -> receive {add, Value} -> Collector ! {seen, Value}, idle(Collector) end.

send([], _) -> ok;
send([Pid | Pids], I) -> Pid ! {add, I}, send(Pids, I + 1).

collect(0, Sum) -> Sum;
collect(Left, Sum) -> receive {seen, Value} -> collect(Left - 1, Sum + Value) end.

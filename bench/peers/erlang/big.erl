%% S5: processes that ping each other and wait for each pong.
-module(big).
-export([init/1, run/2]).

init(Options) ->
    Actors = bench:int("actors", Options),
    Folder = bench:text("streams", Options),
    #{actors => Actors,
      streams => [bench:stream(filename:join(Folder, integer_to_list(I))) || I <- lists:seq(0, Actors - 1)]}.

run(Messages, #{actors := Actors, streams := Streams}) ->
    Each = ceil(Messages / Actors),
    Self = self(),
    Pids = [spawn_link(fun() -> receive {all, All} -> play(Self, All, Stream, Stream, Each, 0, 0) end end)
            || Stream <- Streams],
    All = list_to_tuple(Pids),
    Start = bench:micros(),
    [Pid ! {all, All} || Pid <- Pids],
    [receive {finished, Pid} -> ok end || Pid <- Pids],
    Elapsed = bench:micros() - Start,
    [Pid ! report || Pid <- Pids],
    Reports = [receive {report, Pid, Pings, Pongs} -> {Pings, Pongs} end || Pid <- Pids],
    [{elapsedMs, Elapsed / 1000}, {offered, Each * Actors},
     {pings, [Pings || {Pings, _} <- Reports]}, {pongs, [Pongs || {_, Pongs} <- Reports]}].

play(Collector, All, <<>>, Stream, Each, Pings, Pongs) ->
    play(Collector, All, Stream, Stream, Each, Pings, Pongs);
play(Collector, All, <<Key:32/little, Rest/binary>>, Stream, Each, Pings, Pongs) ->
    element(Key + 1, All) ! {ping, self()},
    await(Collector, All, Rest, Stream, Each, Pings, Pongs).

await(Collector, All, Rest, Stream, Each, Pings, Pongs) ->
    receive
        {ping, From} ->
            From ! pong,
            await(Collector, All, Rest, Stream, Each, Pings + 1, Pongs);
        pong when Pongs + 1 =:= Each ->
            Collector ! {finished, self()},
            await(Collector, All, Rest, Stream, Each, Pings, Pongs + 1);
        pong ->
            play(Collector, All, Rest, Stream, Each, Pings, Pongs + 1);
        report ->
            Collector ! {report, self(), Pings, Pongs}
    end.

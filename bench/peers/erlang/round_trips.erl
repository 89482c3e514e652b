%% S3: a token passed round two or more processes. The last of them notes how long the laps took.
%% Where there are several schedulers, neighbours are kept on different ones: left to itself the BEAM moves
%% processes that talk to each other to one, and nothing would cross.
-module(round_trips).
-export([init/1, run/2]).

init(Options) ->
    #{actors => bench:int("actors", Options), together => bench:int("together", Options)}.

run(Messages, #{actors := Actors, together := Together}) ->
    HopsTimed = Actors * Together,
    Hops = ceil(Messages / HopsTimed) * HopsTimed,
    Self = self(),
    First = spawn_on(1, fun() -> wait_for_next(Self, Hops, HopsTimed) end),
    Last = lists:foldl(
        fun(I, Next) -> spawn_on(I, fun() -> player(Self, Next, Hops, HopsTimed, 0, 0, []) end) end,
        First, lists:seq(2, Actors)),
    First ! {next, Last},
    Start = bench:micros(),
    First ! {token, 0},
    Token = receive {finished, Final} -> Final end,
    Elapsed = bench:micros() - Start,
    First ! {report, Actors},
    Reports = [receive {counted, Counted, Laps} -> {Counted, Laps} end || _ <- lists:seq(1, Actors)],
    Laps = lists:sort(lists:append([L || {_, L} <- Reports])),
    PerRoundTrip = Together * if Actors > 2 -> Actors; true -> 1 end,
    [{elapsedMs, Elapsed / 1000}, {offered, Hops}, {token, Token},
     {counted, lists:sum([C || {C, _} <- Reports])}, {samples, length(Laps)},
     {p50Us, percentile(Laps, 0.5) / PerRoundTrip}, {p99Us, percentile(Laps, 0.99) / PerRoundTrip},
     {p999Us, percentile(Laps, 0.999) / PerRoundTrip}].

spawn_on(I, Run) ->
    Schedulers = erlang:system_info(schedulers_online),
    spawn_opt(Run, [link, {scheduler, (I - 1) rem Schedulers + 1}]).

percentile([], _) -> 0.0;
percentile(Sorted, Share) -> lists:nth(max(1, ceil(length(Sorted) * Share)), Sorted).

%% The ring is closed once the last process exists.
wait_for_next(Collector, Hops, HopsTimed) ->
    receive {next, Next} -> player(Collector, Next, Hops, HopsTimed, 0, 0, []) end.

player(Collector, Next, Hops, HopsTimed, Counted, TimedAt, Laps) ->
    receive
        {token, Token} when Token + 1 =:= Hops ->
            Collector ! {finished, Token + 1},
            player(Collector, Next, Hops, HopsTimed, Counted + 1, TimedAt, Laps);
        {token, Token} when (Token + 1) rem HopsTimed =:= 0 ->
            Next ! {token, Token + 1},
            Now = bench:micros(),
            NewLaps = if TimedAt == 0 -> Laps; true -> [Now - TimedAt | Laps] end,
            player(Collector, Next, Hops, HopsTimed, Counted + 1, Now, NewLaps);
        {token, Token} ->
            Next ! {token, Token + 1},
            player(Collector, Next, Hops, HopsTimed, Counted + 1, TimedAt, Laps);
        {report, Left} ->
            if Left > 1 -> Next ! {report, Left - 1}; true -> ok end,
            Collector ! {counted, Counted, Laps}
    end.

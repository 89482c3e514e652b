%% S6: a process for each key, a producer for each scheduler.
-module(zipf_count).
-export([init/1, run/2]).

init(Options) ->
    Workers = bench:int("workers", Options),
    Folder = bench:text("streams", Options),
    #{workers => Workers, keys => bench:int("keys", Options),
      streams => [bench:stream(filename:join(Folder, integer_to_list(I))) || I <- lists:seq(0, Workers - 1)]}.

run(Messages, #{workers := Workers, keys := Keys, steps := Steps, streams := Streams}) ->
    Each = ceil(Messages / Workers),
    Self = self(),
    Pids = [spawn(fun() -> actor(Self, Key, Steps, Workers, 0, 0, 0) end) || Key <- lists:seq(0, Keys - 1)],
    Actors = list_to_tuple(Pids),
    Producers = [spawn_link(fun() -> receive go -> produce(Self, Actors, Stream, Stream, 0, Each) end end)
                 || Stream <- Streams],
    Start = bench:micros(),
    [Producer ! go || Producer <- Producers],
    Reports = [receive {counted, Key, Count, Sum} -> {Key, Count, Sum} end || _ <- Pids],
    Elapsed = bench:micros() - Start,
    Sorted = lists:sort(Reports),
    [{elapsedMs, Elapsed / 1000}, {offered, Each * Workers},
     {counts, [Count || {_, Count, _} <- Sorted]}, {sums, [bench:uint32(Sum) || {_, _, Sum} <- Sorted]}].

%% Messages of one sender arrive in order, so an actor that has the last word of every producer has all.
produce(_, Actors, _, _, Each, Each) ->
    [element(I, Actors) ! finished || I <- lists:seq(1, tuple_size(Actors))],
    ok;
produce(Self, Actors, <<>>, Stream, I, Each) ->
    produce(Self, Actors, Stream, Stream, I, Each);
produce(Self, Actors, <<Key:32/little, Rest/binary>>, Stream, I, Each) ->
    element(Key + 1, Actors) ! {add, I},
    produce(Self, Actors, Rest, Stream, I + 1, Each).

actor(Collector, Key, _, 0, Count, Sum, _) ->
    Collector ! {counted, Key, Count, Sum};
actor(Collector, Key, Steps, ProducersLeft, Count, Sum, Sink) ->
    receive
        {add, Value} ->
            actor(Collector, Key, Steps, ProducersLeft, Count + 1, Sum + Value, bench:busy(Steps, Value));
        finished ->
            actor(Collector, Key, Steps, ProducersLeft - 1, Count, Sum, Sink)
    end.

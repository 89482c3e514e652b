%% S7: the load of S6 at its own pace. Message I of a producer is due I gaps after the start, and its lateness counts
%% from then. A run without a gap is the closed loop that finds the peak.
-module(zipf_open).
-export([init/1, run/2]).

%% Producers send what is due in slices, and let others run between two of them.
-define(SLICE, 256).

init(Options) ->
    #{workers := Workers} = Closed = zipf_count:init(Options),
    Hot = bench:stream(filename:join(bench:text("streams", Options), integer_to_list(Workers))),
    Closed#{hot => maps:from_list([{Key, hot} || <<Key:32/little>> <= Hot])}.

run(Messages, #{"gapUs" := _} = State) -> open(Messages, State);
run(Messages, State) -> zipf_count:run(Messages, State).

open(Messages, #{workers := Workers, keys := Keys, steps := Steps, streams := Streams, hot := Hot} = State) ->
    Each = ceil(Messages / Workers),
    Gap = bench:number("gapUs", State),
    Self = self(),
    Pids = [spawn(fun() -> receive {begin_at, Time} -> actor(Self, Key, Steps, Time, Gap, Workers, 0, 0, []) end end)
            || Key <- lists:seq(0, Keys - 1)],
    Actors = list_to_tuple(Pids),
    Producers = [spawn_link(fun() -> receive {begin_at, Time} -> produce(Actors, Stream, Stream, Time, Gap, 0, Each) end end)
                 || Stream <- Streams],
    %% A little later than now, so that everybody has heard of it in time.
    Start = bench:micros() + 20000,
    [Pid ! {begin_at, Start} || Pid <- Pids ++ Producers],
    Reports = lists:sort([receive {counted, Key, Count, Sum, Late} -> {Key, Count, Sum, Late} end || _ <- Pids]),
    Elapsed = bench:micros() - Start,
    All = list_to_tuple(lists:sort(lists:append([Late || {_, _, _, Late} <- Reports]))),
    Cold = list_to_tuple(lists:sort(lists:append([Late || {Key, _, _, Late} <- Reports, not is_map_key(Key, Hot)]))),
    [{elapsedMs, Elapsed / 1000}, {offered, Each * Workers},
     {counts, [Count || {_, Count, _, _} <- Reports]}, {sums, [bench:uint32(Sum) || {_, _, Sum, _} <- Reports]},
     {lateUs, summary(All)}, {coldUs, summary(Cold)}].

summary(Sorted) -> [tuple_size(Sorted) | [bench:percentile(Sorted, Share) || Share <- [0.5, 0.99, 0.999]]].

produce(Actors, _, _, _, _, Each, Each) ->
    [element(I, Actors) ! finished || I <- lists:seq(1, tuple_size(Actors))],
    ok;
produce(Actors, Rest, Stream, Start, Gap, Sent, Each) ->
    Due = floor((bench:micros() - Start) / Gap) + 1,
    End = max(Sent, lists:min([Each, Due, Sent + ?SLICE])),
    After = slice(Actors, Rest, Stream, Sent, End),
    erlang:yield(),
    produce(Actors, After, Stream, Start, Gap, End, Each).

slice(_, Rest, _, End, End) -> Rest;
slice(Actors, <<>>, Stream, I, End) -> slice(Actors, Stream, Stream, I, End);
slice(Actors, <<Key:32/little, Rest/binary>>, Stream, I, End) ->
    element(Key + 1, Actors) ! {add, I},
    slice(Actors, Rest, Stream, I + 1, End).

actor(Collector, Key, _, _, _, 0, Count, Sum, Late) ->
    Collector ! {counted, Key, Count, Sum, Late};
actor(Collector, Key, Steps, Start, Gap, ProducersLeft, Count, Sum, Late) ->
    receive
        {add, Value} ->
            Now = bench:micros() - Start - Value * Gap,
            bench:busy(Steps, Value),
            actor(Collector, Key, Steps, Start, Gap, ProducersLeft, Count + 1, Sum + Value, [Now | Late]);
        finished ->
            actor(Collector, Key, Steps, Start, Gap, ProducersLeft - 1, Count, Sum, Late)
    end.

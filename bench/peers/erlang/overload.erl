%% S8: one process that works, another that sends a multiple of what the first can do. A mailbox has no bound.
-module(overload).
-export([init/1, run/2]).

-define(PHASE, 1).
-define(PEAK, 2).

init(Options) ->
    #{factor => bench:int("factor", Options),
      window => bench:int("capacity", Options) div 2, peak => bench:int("peakMs", Options),
      overload => bench:int("overloadMs", Options)}.

run(_, #{steps := Steps, factor := Factor, window := Window, peak := PeakMs, overload := OverloadMs}) ->
    Begin = bench:micros(),
    Board = atomics:new(2, []),
    Self = self(),
    %% A long queue is kept out of the heap, so that collections do not copy it.
    Receiver = spawn_opt(fun() -> serve(Self, Board, Steps, 0, 0, 0, []) end, [link, {message_queue_data, off_heap}]),
    {Peak, Sent} = peak(Receiver, Board, Window, PeakMs, 0, 0.0, 0),
    wait_for(Board, Sent),
    atomics:put(Board, ?PHASE, 1),
    FloodAfter = bench:micros() - Begin,
    Offered = flood(Receiver, Peak * Factor, OverloadMs, bench:micros(), 0),
    atomics:put(Board, ?PHASE, 2),
    Receiver ! report,
    {InTime, Drained, Sum, Ages} = receive {report, Report} -> Report end,
    Sorted = list_to_tuple(lists:sort(Ages)),
    [{floodAfterMs, FloodAfter / 1000}, {offered, Offered}, {peakPerSecond, Peak}, {inTime, InTime}, {drained, Drained}, {sum, bench:uint32(Sum)},
     {samples, length(Ages)}, {p50Us, bench:percentile(Sorted, 0.5)}, {p99Us, bench:percentile(Sorted, 0.99)},
     {p999Us, bench:percentile(Sorted, 0.999)}].

%% Windows of the closed loop until one is no better than the best before it.
peak(_, _, _, _, Sent, Best, 10) -> {Best, Sent};
peak(Receiver, Board, Window, PeakMs, Sent, Best, Windows) ->
    Before = atomics:get(Board, ?PEAK),
    Start = bench:micros(),
    NowSent = pump(Receiver, Board, Window, Start + PeakMs * 1000, Sent),
    Rate = (atomics:get(Board, ?PEAK) - Before) / (bench:micros() - Start) * 1.0e6,
    if Rate < Best * 1.02, Windows >= 2 -> {max(Rate, Best), NowSent};
       true -> peak(Receiver, Board, Window, PeakMs, NowSent, max(Rate, Best), Windows + 1)
    end.

pump(Receiver, Board, Window, End, Sent) ->
    Room = Window - (Sent - atomics:get(Board, ?PEAK)),
    [Receiver ! {work, 0.0, 0} || _ <- lists:seq(1, Room)],
    timer:sleep(1),
    case bench:micros() < End of
        true -> pump(Receiver, Board, Window, End, Sent + max(0, Room));
        false -> Sent + max(0, Room)
    end.

wait_for(Board, Sent) ->
    case atomics:get(Board, ?PEAK) >= Sent of
        true -> ok;
        false -> timer:sleep(1), wait_for(Board, Sent)
    end.

flood(Receiver, Rate, OverloadMs, Start, Sent) ->
    Gap = 1.0e6 / Rate,
    Elapsed = bench:micros() - Start,
    Due = min(trunc(OverloadMs * 1000 / Gap), trunc(Elapsed / Gap) + 1),
    [Receiver ! {work, bench:micros(), I} || I <- lists:seq(Sent, Due - 1)],
    if Elapsed >= OverloadMs * 1000 -> Due;
       true -> timer:sleep(1), flood(Receiver, Rate, OverloadMs, Start, Due)
    end.

serve(Collector, Board, Steps, InTime, Drained, Sum, Ages) ->
    receive
        {work, Sent, Value} ->
            case atomics:get(Board, ?PHASE) of
                0 ->
                    bench:busy(Steps, Value),
                    atomics:add(Board, ?PEAK, 1),
                    serve(Collector, Board, Steps, InTime, Drained, Sum, Ages);
                1 ->
                    Age = bench:micros() - Sent,
                    bench:busy(Steps, Value),
                    serve(Collector, Board, Steps, InTime + 1, Drained, Sum + Value, [Age | Ages]);
                2 ->
                    serve(Collector, Board, Steps, InTime, Drained + 1, Sum + Value, Ages)
            end;
        report ->
            Collector ! {report, {InTime, Drained, Sum, Ages}}
    end.

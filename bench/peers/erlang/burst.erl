%% S9: a process that works on each message and keeps how late it was, and one that sends what is due by the schedule.
%% A run without a schedule is the closed loop that finds the peak.
-module(burst).
-export([init/1, run/2]).

init(_) -> #{}.

run(Messages, #{steps := Steps} = State) ->
    Schedule = schedule(State),
    Self = self(),
    %% A long queue is kept out of the heap, so that collections do not copy it.
    Receiver = spawn_opt(fun() -> receive {begin_at, Time} -> serve(Self, Schedule, Time, Steps, Messages, 0, []) end end,
                         [link, {message_queue_data, off_heap}]),
    Sender = spawn_link(fun() -> receive {begin_at, Time} -> send(Receiver, Schedule, Time, 0, Messages) end end),
    Start = bench:micros() + 5000,
    [Pid ! {begin_at, Start} || Pid <- [Receiver, Sender]],
    {Sum, Late} = receive {served, Report} -> Report end,
    [{elapsedMs, (bench:micros() - Start) / 1000}, {offered, Messages}, {received, Messages},
     {sum, bench:uint32(Sum)}, {lateMs, Late}].

%% Rates a microsecond, times in microseconds.
schedule(#{"steadyPerSecond" := _} = State) ->
    {bench:number("steadyPerSecond", State) / 1.0e6, bench:number("burstPerSecond", State) / 1.0e6,
     bench:int("beforeMs", State) * 1000, bench:int("burstMs", State) * 1000, bench:int("afterMs", State) * 1000};
schedule(_) ->
    none.

%% How many of Count messages are due: all of them once the schedule is over.
due_by({_, _, Before, During, After}, Time, Count) when Time >= Before + During + After -> Count;
due_by({Steady, Burst, Before, During, _}, Time, Count) ->
    SteadyTime = min(Time, Before) + max(0, Time - Before - During),
    BurstTime = max(0, min(Time, Before + During) - Before),
    min(Count, floor(SteadyTime * Steady + BurstTime * Burst)).

due_at({Steady, Burst, BeforeTime, DuringTime, _}, Number) ->
    Before = BeforeTime * Steady,
    During = DuringTime * Burst,
    if Number < Before -> Number / Steady;
       Number < Before + During -> BeforeTime + (Number - Before) / Burst;
       true -> BeforeTime + DuringTime + (Number - Before - During) / Steady
    end.

send(_, _, _, Count, Count) -> ok;
send(Receiver, none, _, Sent, Count) ->
    [Receiver ! {work, I} || I <- lists:seq(Sent, Count - 1)],
    ok;
send(Receiver, Schedule, Start, Sent, Count) ->
    Due = max(Sent, due_by(Schedule, bench:micros() - Start, Count)),
    [Receiver ! {work, I} || I <- lists:seq(Sent, Due - 1)],
    timer:sleep(1),
    send(Receiver, Schedule, Start, Due, Count).

serve(Collector, _, _, _, 0, Sum, Late) ->
    Collector ! {served, {Sum, lists:reverse(Late)}};
serve(Collector, none, Start, Steps, Left, Sum, Late) ->
    receive
        {work, Value} ->
            bench:busy(Steps, Value),
            serve(Collector, none, Start, Steps, Left - 1, Sum + Value, Late)
    end;
serve(Collector, Schedule, Start, Steps, Left, Sum, Late) ->
    receive
        {work, Value} ->
            Age = (bench:micros() - Start - due_at(Schedule, Value)) / 1000,
            bench:busy(Steps, Value),
            serve(Collector, Schedule, Start, Steps, Left - 1, Sum + Value, [Age | Late])
    end.

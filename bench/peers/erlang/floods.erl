%% S1, S2 and S4: senders that send as fast as they can to mailboxes that have no bound, as is usual there.
-module(floods).
-export([init/1, run/2]).

init(Options) ->
    [spawn(fun() -> receive never -> ok end end) || _ <- lists:seq(1, bench:int("idle", Options))],
    #{senders => bench:int("senders", Options), receivers => bench:int("receivers", Options)}.

run(Messages, #{senders := Senders, receivers := Receivers}) ->
    Each = ceil(Messages / Senders / Receivers) * Receivers,
    Offered = Each * Senders,
    Self = self(),
    Pids = [spawn_link(fun() -> receiver(Self, Senders, Offered div Receivers) end) || _ <- lists:seq(1, Receivers)],
    Targets = list_to_tuple(Pids),
    SenderPids = [spawn_link(fun() -> receive go -> send(Targets, Receivers, Sender, 0, Each) end end)
                  || Sender <- lists:seq(1, Senders)],
    Start = bench:micros(),
    [Pid ! go || Pid <- SenderPids],
    Reports = [receive {done, Pid, Report} -> Report end || Pid <- Pids],
    Elapsed = bench:micros() - Start,
    [{elapsedMs, Elapsed / 1000}, {offered, Offered},
     {received, lists:append([Received || {Received, _, _} <- Reports])},
     {atHalf, lists:append([AtHalf || {_, AtHalf, _} <- Reports])},
     {sums, [Sum || {_, _, Sum} <- Reports]}].

%% With one receiver the values are 0 ... Each-1 of each sender, with several they are dealt out in turn.
send(_, _, _, Each, Each) -> ok;
send(Targets, 1, Sender, I, Each) ->
    element(1, Targets) ! {add, Sender, I},
    send(Targets, 1, Sender, I + 1, Each);
send(Targets, Receivers, Sender, I, Each) ->
    element(I rem Receivers + 1, Targets) ! {add, Sender, I div Receivers},
    send(Targets, Receivers, Sender, I + 1, Each).

receiver(Collector, Senders, Expected) ->
    Counters = counters:new(Senders, []),
    receive_all(Collector, Counters, Senders, Expected, Expected, 0, []).

receive_all(Collector, Counters, Senders, _, 0, Sum, AtHalf) ->
    Collector ! {done, self(), {values(Counters, Senders), AtHalf, bench:uint32(Sum)}};
receive_all(Collector, Counters, Senders, Expected, Left, Sum, AtHalf) ->
    receive
        {add, Sender, Value} ->
            counters:add(Counters, Sender, 1),
            Snapshot = if Left =:= Expected div 2 + 1 -> values(Counters, Senders); true -> AtHalf end,
            receive_all(Collector, Counters, Senders, Expected, Left - 1, Sum + Value, Snapshot)
    end.

values(Counters, Senders) -> [counters:get(Counters, Sender) || Sender <- lists:seq(1, Senders)].

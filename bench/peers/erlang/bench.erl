%% Entry of the Erlang side. Options come as name=value words on the command line, then lines on standard input,
%% each answered with one line of JSON: "work" says how many steps of work make a microsecond, "run N STEPS" lets
%% the module of the cell send N messages with that many steps of work in each; what follows are options of that run,
%% name=value as well.
-module(bench).
-export([main/1, int/2, number/2, text/2, stream/1, micros/0, busy/2, uint32/1, percentile/2]).

main([Cell | Words]) ->
    Options = options(Words),
    Module = list_to_existing_module(Cell),
    State = Module:init(Options),
    reply([{ready, 1}]),
    loop(Module, State).

options(Words) -> maps:from_list([list_to_tuple(string:split(Word, "=")) || Word <- Words]).

list_to_existing_module(Name) ->
    {module, Module} = code:ensure_loaded(list_to_atom(Name)),
    Module.

loop(Module, State) ->
    case io:get_line("") of
        "work" ++ _ ->
            reply([{stepsPerUs, steps_per_micro()}]),
            loop(Module, State);
        "run " ++ Words ->
            [Messages, Steps | More] = string:lexemes(Words, " \n"),
            Run = maps:merge(State, options(More)),
            reply(Module:run(list_to_integer(Messages), Run#{steps => list_to_integer(Steps)})),
            loop(Module, State);
        _ ->
            halt(0)
    end.

%% Numbers and lists of numbers are all that a report holds.
reply(Fields) ->
    Lines = [io_lib:format("\"~s\":~s", [Name, json(Value)]) || {Name, Value} <- Fields],
    io:put_chars(["{", lists:join(",", Lines), "}\n"]).

json(Value) when is_integer(Value) -> integer_to_list(Value);
json(Value) when is_float(Value) -> io_lib:format("~.6f", [Value]);
json(Values) when is_list(Values) -> ["[", lists:join(",", [json(Value) || Value <- Values]), "]"].

int(Name, Options) -> list_to_integer(maps:get(Name, Options)).

%% Whole or not, always a float.
number(Name, Options) ->
    Text = maps:get(Name, Options),
    case string:to_float(Text) of
        {error, no_float} -> float(list_to_integer(Text));
        {Value, _} -> Value
    end.

text(Name, Options) -> maps:get(Name, Options).

%% The keys of one producer, 32 bits each, low byte first.
stream(Path) ->
    {ok, Keys} = file:read_file(Path),
    Keys.

micros() -> erlang:monotonic_time(nanosecond) / 1000.

uint32(Sum) -> Sum band 16#ffffffff.

%% Of a sorted tuple.
percentile({}, _) -> 0.0;
percentile(Sorted, Share) -> element(max(1, ceil(tuple_size(Sorted) * Share)), Sorted).

%% The fastest of several passes.
steps_per_micro() ->
    Steps = 200000,
    Steps / lists:min([element(1, timer:tc(fun() -> busy(Steps, Pass) end)) || Pass <- lists:seq(1, 15)]).

busy(0, X) -> X;
busy(Steps, X) -> busy(Steps - 1, (X * 16#5deece + 16#9e37) band 16#ffffff).

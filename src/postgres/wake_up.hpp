// Wakes a thread that waits in poll() for something else as well. Any thread may ring(); one waits.
#pragma once

namespace pintail::postgres {

class WakeUp {
public:
    WakeUp();
    ~WakeUp();
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;

    void ring();
    bool answer();                                  // whether it has rung since the last answer
    int descriptor() const { return descriptor_; }  // readable once it has rung

private:
    int descriptor_;
};

}  // namespace pintail::postgres
